"""The customer port (DSMR P1): telegrams out of a byte stream."""
