import { LongTextField, NumberField, SelectField, TextField } from '../ui/fields.tsx';
import type { SourceDetails, SourceType } from './types.ts';

type Editing = { details: SourceDetails; onChange: (details: SourceDetails) => void };

/** What of a source has to be there, empty. */
export const emptySource: Record<SourceType, SourceDetails> = {
  Text: { content: '' },
  Web: { source: '', crawl_depth: 1 },
  File: {},
  Database: { provider: 'postgresql', host: '', database: '', table: '' },
};
const emptyPinecone: SourceDetails = { provider: 'pinecone', host: '' };

/** Where the texts of a source come from, apart from a file. */
export function SourceFields({ type, details, onChange }: Editing & { type: SourceType }) {
  switch (type) {
    case 'Text':
      return (
        <LongTextField
          label="Text"
          rows={6}
          value={details.content ?? ''}
          onChange={(content) => onChange({ ...details, content })}
        />
      );
    case 'Web':
      return <WebFields details={details} onChange={onChange} />;
    case 'Database':
      return <DatabaseFields details={details} onChange={onChange} />;
    case 'File':
      return null;
  }
}

function WebFields({ details, onChange }: Editing) {
  const set = (changed: SourceDetails) => onChange({ ...details, ...changed });
  return (
    <div class="form-grid">
      <TextField
        label="Address"
        type="url"
        placeholder="https://…"
        value={details.source ?? ''}
        onChange={(source) => set({ source })}
      />
      <SelectField
        label="Follow links"
        hint="How many links away from the first page"
        value={String(details.crawl_depth ?? 1)}
        options={['0', '1', '2', '3'].map((count) => [count, count] as const)}
        onChange={(count) => set({ crawl_depth: Number(count) })}
      />
      <NumberField
        label="Read again every"
        hint="Minutes, from 60; without it they are read once"
        min={60}
        placeholder="1440"
        value={details.crawl_period_min}
        onChange={(crawl_period_min) => set({ crawl_period_min })}
      />
    </div>
  );
}

const providers = [
  ['postgresql', 'PostgreSQL'],
  ['pinecone', 'Pinecone'],
] as const;

/** A database of vectors, which is asked at question time and copied never. */
function DatabaseFields({ details, onChange }: Editing) {
  const must = (name: 'host' | 'database' | 'table', label: string, placeholder?: string) => (
    <TextField
      label={label}
      placeholder={placeholder}
      value={details[name] ?? ''}
      onChange={(value) => onChange({ ...details, [name]: value })}
    />
  );
  const may = (name: 'namespace' | 'content_column' | 'embedding_column', label: string, placeholder: string) => (
    <TextField
      label={label}
      placeholder={placeholder}
      value={details[name] ?? ''}
      onChange={(value) => onChange({ ...details, [name]: value || undefined })}
    />
  );
  return (
    <div class="form-grid">
      <SelectField
        label="Database"
        value={details.provider ?? 'postgresql'}
        options={providers}
        onChange={(provider) => onChange(provider === 'pinecone' ? emptyPinecone : emptySource.Database)}
      />
      {details.provider === 'pinecone' ? (
        <>
          {must('host', 'Host of the index', 'https://…')}
          {may('namespace', 'Namespace', 'If it has one')}
        </>
      ) : (
        <>
          {must('host', 'Host', 'db.example.com')}
          <NumberField
            label="Port"
            min={1}
            placeholder="5432"
            value={details.port}
            onChange={(port) => onChange({ ...details, port })}
          />
          {must('database', 'Name of the database')}
          {must('table', 'Table', 'schema.table')}
          {may('content_column', 'Column of texts', 'content')}
          {may('embedding_column', 'Column of vectors', 'embedding')}
        </>
      )}
    </div>
  );
}
