CREATE TRIGGER approvals_no_update BEFORE UPDATE ON approvals WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'guard: approvals is append-only'); END

CREATE TRIGGER approvals_no_delete BEFORE DELETE ON approvals WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'guard: approvals is append-only'); END
