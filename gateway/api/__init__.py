"""The API for programs: one table of operations gives the routes, their scopes and the OpenAPI document."""

from gateway.api.doors import api_routes

__all__ = ["api_routes"]
