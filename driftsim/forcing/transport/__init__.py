"""Speaking to servers: addresses, requests over verified TLS with patience, and OPeNDAP."""
