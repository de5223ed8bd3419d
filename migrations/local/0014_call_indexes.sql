-- The screen of services looks through calls by service, by client and by failure while they come in: none of that may read all of them.
CREATE INDEX _mcp_calls_service ON _mcp_calls (service);
CREATE INDEX _mcp_calls_token ON _mcp_calls (token_id);
CREATE INDEX _mcp_calls_failed ON _mcp_calls (id) WHERE outcome NOT IN ('ok', 'asked');
