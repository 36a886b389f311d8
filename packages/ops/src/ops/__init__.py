"""Operations: run the house, verify it, keep it alive."""
