//! Real servers and fixtures for tests.
