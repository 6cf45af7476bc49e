"""Games: networks, what two players do with them, and the tricks that change either."""
