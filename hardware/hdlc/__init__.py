"""HDLC of IEC 62056-46: frames and the link machine."""
