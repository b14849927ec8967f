-- The tables of the evidence service on one PostgreSQL 15: README.md.
-- Made from services/evidence/storage/postgresql/schema.cc; a test compares.
BEGIN;

CREATE TABLE partition_revision (
  partition_id int NOT NULL,
  revision bigint NOT NULL,
  recorded_us bigint NOT NULL,
  log bytea NOT NULL,
  PRIMARY KEY (partition_id)) WITH (fillfactor = 20);

CREATE TABLE record (
  partition_id int NOT NULL,
  kind int NOT NULL,
  revision bigint NOT NULL,
  recorded_us bigint NOT NULL,
  superseded_by bigint NOT NULL,
  place bigint NOT NULL,
  effective_day int NOT NULL,
  assessed boolean NOT NULL,
  has_texts boolean NOT NULL,
  subject text COLLATE "C" NOT NULL,
  id bytea,
  request_id bytea,
  origin bytea,
  leaf bytea NOT NULL,
  payload bytea NOT NULL,
  PRIMARY KEY (partition_id, revision)) PARTITION BY HASH (partition_id);
CREATE TABLE record_0 PARTITION OF record FOR VALUES WITH (MODULUS 16, REMAINDER 0);
CREATE TABLE record_1 PARTITION OF record FOR VALUES WITH (MODULUS 16, REMAINDER 1);
CREATE TABLE record_2 PARTITION OF record FOR VALUES WITH (MODULUS 16, REMAINDER 2);
CREATE TABLE record_3 PARTITION OF record FOR VALUES WITH (MODULUS 16, REMAINDER 3);
CREATE TABLE record_4 PARTITION OF record FOR VALUES WITH (MODULUS 16, REMAINDER 4);
CREATE TABLE record_5 PARTITION OF record FOR VALUES WITH (MODULUS 16, REMAINDER 5);
CREATE TABLE record_6 PARTITION OF record FOR VALUES WITH (MODULUS 16, REMAINDER 6);
CREATE TABLE record_7 PARTITION OF record FOR VALUES WITH (MODULUS 16, REMAINDER 7);
CREATE TABLE record_8 PARTITION OF record FOR VALUES WITH (MODULUS 16, REMAINDER 8);
CREATE TABLE record_9 PARTITION OF record FOR VALUES WITH (MODULUS 16, REMAINDER 9);
CREATE TABLE record_10 PARTITION OF record FOR VALUES WITH (MODULUS 16, REMAINDER 10);
CREATE TABLE record_11 PARTITION OF record FOR VALUES WITH (MODULUS 16, REMAINDER 11);
CREATE TABLE record_12 PARTITION OF record FOR VALUES WITH (MODULUS 16, REMAINDER 12);
CREATE TABLE record_13 PARTITION OF record FOR VALUES WITH (MODULUS 16, REMAINDER 13);
CREATE TABLE record_14 PARTITION OF record FOR VALUES WITH (MODULUS 16, REMAINDER 14);
CREATE TABLE record_15 PARTITION OF record FOR VALUES WITH (MODULUS 16, REMAINDER 15);
CREATE INDEX record_subject ON record (partition_id, subject, revision);
CREATE INDEX record_by_id ON record (partition_id, id) WHERE id IS NOT NULL;

CREATE TABLE record_text (
  partition_id int NOT NULL,
  revision bigint NOT NULL,
  sealed bytea NOT NULL,
  commitments bytea,
  PRIMARY KEY (partition_id, revision)) PARTITION BY HASH (partition_id);
CREATE TABLE record_text_0 PARTITION OF record_text FOR VALUES WITH (MODULUS 16, REMAINDER 0);
CREATE TABLE record_text_1 PARTITION OF record_text FOR VALUES WITH (MODULUS 16, REMAINDER 1);
CREATE TABLE record_text_2 PARTITION OF record_text FOR VALUES WITH (MODULUS 16, REMAINDER 2);
CREATE TABLE record_text_3 PARTITION OF record_text FOR VALUES WITH (MODULUS 16, REMAINDER 3);
CREATE TABLE record_text_4 PARTITION OF record_text FOR VALUES WITH (MODULUS 16, REMAINDER 4);
CREATE TABLE record_text_5 PARTITION OF record_text FOR VALUES WITH (MODULUS 16, REMAINDER 5);
CREATE TABLE record_text_6 PARTITION OF record_text FOR VALUES WITH (MODULUS 16, REMAINDER 6);
CREATE TABLE record_text_7 PARTITION OF record_text FOR VALUES WITH (MODULUS 16, REMAINDER 7);
CREATE TABLE record_text_8 PARTITION OF record_text FOR VALUES WITH (MODULUS 16, REMAINDER 8);
CREATE TABLE record_text_9 PARTITION OF record_text FOR VALUES WITH (MODULUS 16, REMAINDER 9);
CREATE TABLE record_text_10 PARTITION OF record_text FOR VALUES WITH (MODULUS 16, REMAINDER 10);
CREATE TABLE record_text_11 PARTITION OF record_text FOR VALUES WITH (MODULUS 16, REMAINDER 11);
CREATE TABLE record_text_12 PARTITION OF record_text FOR VALUES WITH (MODULUS 16, REMAINDER 12);
CREATE TABLE record_text_13 PARTITION OF record_text FOR VALUES WITH (MODULUS 16, REMAINDER 13);
CREATE TABLE record_text_14 PARTITION OF record_text FOR VALUES WITH (MODULUS 16, REMAINDER 14);
CREATE TABLE record_text_15 PARTITION OF record_text FOR VALUES WITH (MODULUS 16, REMAINDER 15);

CREATE TABLE subject (
  partition_id int NOT NULL,
  name text COLLATE "C" NOT NULL,
  state_revision bigint NOT NULL,
  newest_revision bigint NOT NULL,
  head bytea NOT NULL,
  PRIMARY KEY (partition_id, name)) PARTITION BY HASH (partition_id);
CREATE TABLE subject_0 PARTITION OF subject FOR VALUES WITH (MODULUS 16, REMAINDER 0) WITH (fillfactor = 60);
CREATE TABLE subject_1 PARTITION OF subject FOR VALUES WITH (MODULUS 16, REMAINDER 1) WITH (fillfactor = 60);
CREATE TABLE subject_2 PARTITION OF subject FOR VALUES WITH (MODULUS 16, REMAINDER 2) WITH (fillfactor = 60);
CREATE TABLE subject_3 PARTITION OF subject FOR VALUES WITH (MODULUS 16, REMAINDER 3) WITH (fillfactor = 60);
CREATE TABLE subject_4 PARTITION OF subject FOR VALUES WITH (MODULUS 16, REMAINDER 4) WITH (fillfactor = 60);
CREATE TABLE subject_5 PARTITION OF subject FOR VALUES WITH (MODULUS 16, REMAINDER 5) WITH (fillfactor = 60);
CREATE TABLE subject_6 PARTITION OF subject FOR VALUES WITH (MODULUS 16, REMAINDER 6) WITH (fillfactor = 60);
CREATE TABLE subject_7 PARTITION OF subject FOR VALUES WITH (MODULUS 16, REMAINDER 7) WITH (fillfactor = 60);
CREATE TABLE subject_8 PARTITION OF subject FOR VALUES WITH (MODULUS 16, REMAINDER 8) WITH (fillfactor = 60);
CREATE TABLE subject_9 PARTITION OF subject FOR VALUES WITH (MODULUS 16, REMAINDER 9) WITH (fillfactor = 60);
CREATE TABLE subject_10 PARTITION OF subject FOR VALUES WITH (MODULUS 16, REMAINDER 10) WITH (fillfactor = 60);
CREATE TABLE subject_11 PARTITION OF subject FOR VALUES WITH (MODULUS 16, REMAINDER 11) WITH (fillfactor = 60);
CREATE TABLE subject_12 PARTITION OF subject FOR VALUES WITH (MODULUS 16, REMAINDER 12) WITH (fillfactor = 60);
CREATE TABLE subject_13 PARTITION OF subject FOR VALUES WITH (MODULUS 16, REMAINDER 13) WITH (fillfactor = 60);
CREATE TABLE subject_14 PARTITION OF subject FOR VALUES WITH (MODULUS 16, REMAINDER 14) WITH (fillfactor = 60);
CREATE TABLE subject_15 PARTITION OF subject FOR VALUES WITH (MODULUS 16, REMAINDER 15) WITH (fillfactor = 60);

CREATE TABLE request (
  partition_id int NOT NULL,
  noted boolean NOT NULL,
  revision bigint NOT NULL,
  request_id bytea NOT NULL,
  fingerprint bytea NOT NULL,
  PRIMARY KEY (partition_id, request_id)) PARTITION BY HASH (partition_id);
CREATE TABLE request_0 PARTITION OF request FOR VALUES WITH (MODULUS 16, REMAINDER 0);
CREATE TABLE request_1 PARTITION OF request FOR VALUES WITH (MODULUS 16, REMAINDER 1);
CREATE TABLE request_2 PARTITION OF request FOR VALUES WITH (MODULUS 16, REMAINDER 2);
CREATE TABLE request_3 PARTITION OF request FOR VALUES WITH (MODULUS 16, REMAINDER 3);
CREATE TABLE request_4 PARTITION OF request FOR VALUES WITH (MODULUS 16, REMAINDER 4);
CREATE TABLE request_5 PARTITION OF request FOR VALUES WITH (MODULUS 16, REMAINDER 5);
CREATE TABLE request_6 PARTITION OF request FOR VALUES WITH (MODULUS 16, REMAINDER 6);
CREATE TABLE request_7 PARTITION OF request FOR VALUES WITH (MODULUS 16, REMAINDER 7);
CREATE TABLE request_8 PARTITION OF request FOR VALUES WITH (MODULUS 16, REMAINDER 8);
CREATE TABLE request_9 PARTITION OF request FOR VALUES WITH (MODULUS 16, REMAINDER 9);
CREATE TABLE request_10 PARTITION OF request FOR VALUES WITH (MODULUS 16, REMAINDER 10);
CREATE TABLE request_11 PARTITION OF request FOR VALUES WITH (MODULUS 16, REMAINDER 11);
CREATE TABLE request_12 PARTITION OF request FOR VALUES WITH (MODULUS 16, REMAINDER 12);
CREATE TABLE request_13 PARTITION OF request FOR VALUES WITH (MODULUS 16, REMAINDER 13);
CREATE TABLE request_14 PARTITION OF request FOR VALUES WITH (MODULUS 16, REMAINDER 14);
CREATE TABLE request_15 PARTITION OF request FOR VALUES WITH (MODULUS 16, REMAINDER 15);
CREATE INDEX request_noted ON request (partition_id, revision) WHERE noted;

CREATE TABLE source_reference (
  partition_id int NOT NULL,
  revision bigint NOT NULL,
  origin bytea NOT NULL,
  body bytea NOT NULL,
  PRIMARY KEY (partition_id, origin, revision)) PARTITION BY HASH (partition_id);
CREATE TABLE source_reference_0 PARTITION OF source_reference FOR VALUES WITH (MODULUS 16, REMAINDER 0);
CREATE TABLE source_reference_1 PARTITION OF source_reference FOR VALUES WITH (MODULUS 16, REMAINDER 1);
CREATE TABLE source_reference_2 PARTITION OF source_reference FOR VALUES WITH (MODULUS 16, REMAINDER 2);
CREATE TABLE source_reference_3 PARTITION OF source_reference FOR VALUES WITH (MODULUS 16, REMAINDER 3);
CREATE TABLE source_reference_4 PARTITION OF source_reference FOR VALUES WITH (MODULUS 16, REMAINDER 4);
CREATE TABLE source_reference_5 PARTITION OF source_reference FOR VALUES WITH (MODULUS 16, REMAINDER 5);
CREATE TABLE source_reference_6 PARTITION OF source_reference FOR VALUES WITH (MODULUS 16, REMAINDER 6);
CREATE TABLE source_reference_7 PARTITION OF source_reference FOR VALUES WITH (MODULUS 16, REMAINDER 7);
CREATE TABLE source_reference_8 PARTITION OF source_reference FOR VALUES WITH (MODULUS 16, REMAINDER 8);
CREATE TABLE source_reference_9 PARTITION OF source_reference FOR VALUES WITH (MODULUS 16, REMAINDER 9);
CREATE TABLE source_reference_10 PARTITION OF source_reference FOR VALUES WITH (MODULUS 16, REMAINDER 10);
CREATE TABLE source_reference_11 PARTITION OF source_reference FOR VALUES WITH (MODULUS 16, REMAINDER 11);
CREATE TABLE source_reference_12 PARTITION OF source_reference FOR VALUES WITH (MODULUS 16, REMAINDER 12);
CREATE TABLE source_reference_13 PARTITION OF source_reference FOR VALUES WITH (MODULUS 16, REMAINDER 13);
CREATE TABLE source_reference_14 PARTITION OF source_reference FOR VALUES WITH (MODULUS 16, REMAINDER 14);
CREATE TABLE source_reference_15 PARTITION OF source_reference FOR VALUES WITH (MODULUS 16, REMAINDER 15);

CREATE TABLE log_tile (
  partition_id int NOT NULL,
  tile bigint NOT NULL,
  root bytea NOT NULL,
  PRIMARY KEY (partition_id, tile));

CREATE TABLE registry (
  partition_id int NOT NULL,
  kind int NOT NULL,
  revision bigint NOT NULL,
  from_day int NOT NULL,
  before_day int NOT NULL,
  area_kind int NOT NULL,
  name text COLLATE "C" NOT NULL,
  provider text COLLATE "C",
  sector text COLLATE "C" NOT NULL,
  PRIMARY KEY (partition_id, name)) WITH (fillfactor = 80);
CREATE INDEX registry_by_kind ON registry (kind, name);
CREATE INDEX registry_by_provider ON registry (provider, name) WHERE provider IS NOT NULL;

CREATE TABLE location_area (
  partition_id int NOT NULL,
  from_day int NOT NULL,
  before_day int NOT NULL,
  location text COLLATE "C" NOT NULL,
  area text COLLATE "C" NOT NULL,
  PRIMARY KEY (partition_id, location, area, from_day));
CREATE INDEX location_area_by_area ON location_area (area, location, from_day, before_day);

CREATE TABLE attachment (
  partition_id int NOT NULL,
  size bigint NOT NULL,
  created_us bigint NOT NULL,
  root text COLLATE "C" NOT NULL,
  digest bytea NOT NULL,
  upload_id bytea NOT NULL,
  PRIMARY KEY (partition_id, root, digest));

CREATE TABLE attachment_piece (
  partition_id int NOT NULL,
  piece int NOT NULL,
  created_us bigint NOT NULL,
  upload_id bytea NOT NULL,
  bytes bytea NOT NULL,
  PRIMARY KEY (partition_id, upload_id, piece));

CREATE TABLE attachment_use (
  partition_id int NOT NULL,
  revision bigint NOT NULL,
  root text COLLATE "C" NOT NULL,
  digest bytea NOT NULL,
  PRIMARY KEY (partition_id, root, digest, revision));
CREATE INDEX attachment_use_by_record ON attachment_use (partition_id, revision);

CREATE TABLE store (
  only_one int PRIMARY KEY CHECK (only_one = 1),
  epoch bigint NOT NULL);

CREATE TABLE IF NOT EXISTS assay_schema(component text PRIMARY KEY, version int NOT NULL);
INSERT INTO assay_schema VALUES ('evidence', 2);

COMMIT;
