#pragma once
// How the program is asked to end: SIGTERM and SIGINT are waited for by the main thread.

namespace boathouse::app {

// Call before any thread is started: all of them then leave the signals to WaitForSignal. Also makes
// writing to a closed connection an error instead of the end.
void BlockSignals();

enum class Wake { kEnd, kChildEnded };
// Waits until the program shall end, or a child process ended.
Wake WaitForSignal();

}  // namespace boathouse::app
