CREATE TRIGGER checkout_requests_no_update BEFORE UPDATE ON checkout_requests WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'guard: checkout_requests is append-only'); END

CREATE TRIGGER checkout_requests_no_delete BEFORE DELETE ON checkout_requests WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'guard: checkout_requests is append-only'); END
