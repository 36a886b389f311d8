"""Operations: run the system, verify it, keep it alive."""
