-- Sales are found by the number on their receipt.
CREATE INDEX transactions_number ON transactions (number, store_id);
