#pragma once
// Every limit the program keeps, in one list for operators.

namespace boathouse::app {

// One line each on standard output: module, name, value.
void PrintLimits();

}  // namespace boathouse::app
