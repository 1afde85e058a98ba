#include "model/time.hpp"

#include "tests/catch.hpp"
