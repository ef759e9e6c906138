CREATE TRIGGER category_system_stays BEFORE UPDATE ON categories WHEN OLD.system_key <> '' AND (NEW.parent_id IS NOT NULL OR NEW.archived_at IS NOT NULL) BEGIN SELECT RAISE(ABORT, 'guard: a system category stays at the root and in use'); END

CREATE TRIGGER category_facts BEFORE UPDATE ON categories WHEN OLD.merchant_id <> NEW.merchant_id OR OLD.id <> NEW.id OR OLD.kind <> NEW.kind OR OLD.system_key <> NEW.system_key BEGIN SELECT RAISE(ABORT, 'guard: a category keeps its kind'); END

CREATE TRIGGER category_lasts BEFORE DELETE ON categories WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'guard: a category is never deleted'); END

CREATE TRIGGER category_parent_insert BEFORE INSERT ON categories WHEN NEW.parent_id IS NOT NULL AND (NEW.parent_id = NEW.id OR NEW.kind <> COALESCE((SELECT c.kind FROM categories c WHERE c.merchant_id = NEW.merchant_id AND c.id = NEW.parent_id), '')) BEGIN SELECT RAISE(ABORT, 'guard: a category hangs below another one of its kind'); END

CREATE TRIGGER category_parent_update BEFORE UPDATE ON categories WHEN NEW.parent_id IS NOT NULL AND (NEW.parent_id = NEW.id OR NEW.kind <> COALESCE((SELECT c.kind FROM categories c WHERE c.merchant_id = NEW.merchant_id AND c.id = NEW.parent_id), '')) BEGIN SELECT RAISE(ABORT, 'guard: a category hangs below another one of its kind'); END
