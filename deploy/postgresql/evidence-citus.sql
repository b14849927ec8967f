-- The tables of the evidence service on a cluster of PostgreSQL 15 with Citus: README.md.
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
  PRIMARY KEY (partition_id, revision));
CREATE INDEX record_subject ON record (partition_id, subject, revision);
CREATE INDEX record_by_id ON record (partition_id, id) WHERE id IS NOT NULL;

CREATE TABLE record_text (
  partition_id int NOT NULL,
  revision bigint NOT NULL,
  sealed bytea NOT NULL,
  commitments bytea,
  PRIMARY KEY (partition_id, revision));

CREATE TABLE subject (
  partition_id int NOT NULL,
  name text COLLATE "C" NOT NULL,
  state_revision bigint NOT NULL,
  newest_revision bigint NOT NULL,
  head bytea NOT NULL,
  PRIMARY KEY (partition_id, name)) WITH (fillfactor = 60);

CREATE TABLE request (
  partition_id int NOT NULL,
  noted boolean NOT NULL,
  revision bigint NOT NULL,
  request_id bytea NOT NULL,
  fingerprint bytea NOT NULL,
  PRIMARY KEY (partition_id, request_id));
CREATE INDEX request_noted ON request (partition_id, revision) WHERE noted;

CREATE TABLE source_reference (
  partition_id int NOT NULL,
  revision bigint NOT NULL,
  origin bytea NOT NULL,
  body bytea NOT NULL,
  PRIMARY KEY (partition_id, origin, revision));

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

SELECT create_distributed_table('partition_revision', 'partition_id');
SELECT create_distributed_table('record', 'partition_id', colocate_with => 'partition_revision');
SELECT create_distributed_table('record_text', 'partition_id', colocate_with => 'partition_revision');
SELECT create_distributed_table('subject', 'partition_id', colocate_with => 'partition_revision');
SELECT create_distributed_table('request', 'partition_id', colocate_with => 'partition_revision');
SELECT create_distributed_table('source_reference', 'partition_id', colocate_with => 'partition_revision');
SELECT create_distributed_table('log_tile', 'partition_id', colocate_with => 'partition_revision');
SELECT create_distributed_table('registry', 'partition_id', colocate_with => 'partition_revision');
SELECT create_distributed_table('location_area', 'partition_id', colocate_with => 'partition_revision');
SELECT create_distributed_table('attachment', 'partition_id', colocate_with => 'partition_revision');
SELECT create_distributed_table('attachment_piece', 'partition_id', colocate_with => 'partition_revision');
SELECT create_distributed_table('attachment_use', 'partition_id', colocate_with => 'partition_revision');
SELECT create_reference_table('store');

CREATE TABLE IF NOT EXISTS assay_schema(component text PRIMARY KEY, version int NOT NULL);
INSERT INTO assay_schema VALUES ('evidence', 2);

COMMIT;
