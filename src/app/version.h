#pragma once

namespace boathouse::app {

inline constexpr const char* version = "0.1.0";

}  // namespace boathouse::app
