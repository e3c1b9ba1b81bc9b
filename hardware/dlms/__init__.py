"""DLMS/COSEM: types, APDUs, the association machine."""
