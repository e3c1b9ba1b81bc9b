"""The DLMS/COSEM wrapper: APDUs over TCP."""
