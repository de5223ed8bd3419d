-- `_row_state.deleted` counts the days on which this PC has known that the row is gone; 0 while it is there. Found without reading all rows.
CREATE INDEX _row_state_deleted ON _row_state (deleted) WHERE deleted > 0;
