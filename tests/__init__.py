"""What the ledger promises, shown: each module tests the one that it is named after."""
