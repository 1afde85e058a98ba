// Holds nothing: its target compiles the headers that nearly every source includes.
