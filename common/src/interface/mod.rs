//! The methods of `io.trueconfig.v1`.
