//! HTTP, TLS, limits, routing, authentication, health, metrics and configuration.
