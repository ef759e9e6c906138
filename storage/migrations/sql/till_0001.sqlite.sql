CREATE TRIGGER outbox_facts BEFORE UPDATE ON outbox WHEN OLD.seq <> NEW.seq OR OLD.id <> NEW.id OR OLD.subject_id <> NEW.subject_id OR OLD.kind <> NEW.kind OR OLD.body <> NEW.body OR OLD.body_hash <> NEW.body_hash OR OLD.queued_at <> NEW.queued_at OR (OLD.state = 'acked' AND NEW.state <> 'acked') BEGIN SELECT RAISE(ABORT, 'guard: a queued message never changes'); END

CREATE TRIGGER outbox_kept BEFORE DELETE ON outbox WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'guard: a queued message is never deleted'); END

CREATE TRIGGER cursor_forward BEFORE UPDATE ON inbox_cursor WHEN OLD.hub_epoch = NEW.hub_epoch AND NEW.seq < OLD.seq BEGIN SELECT RAISE(ABORT, 'guard: the cursor goes forward'); END
