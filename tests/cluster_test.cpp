#include "sim/cluster.hpp"

#include "tests/catch.hpp"
