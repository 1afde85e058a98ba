CREATE EXTENSION IF NOT EXISTS pgcrypto;
CREATE TABLE public.background_jobs (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    queue_name text,
    priority integer,
    serialized_params jsonb,
    scheduled_at timestamp(6) without time zone,
    performed_at timestamp(6) without time zone,
    finished_at timestamp(6) without time zone,
    error text,
    executions_count integer DEFAULT 0,
    locked_by_id uuid,
    locked_at timestamp(6) without time zone,
    created_at timestamp(6) without time zone NOT NULL,
    updated_at timestamp(6) without time zone NOT NULL
);
ALTER TABLE ONLY public.background_jobs ADD CONSTRAINT background_jobs_pkey PRIMARY KEY (id);
