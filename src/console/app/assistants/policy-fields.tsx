import { useData } from '../api.ts';
import { SelectField, TextField } from '../ui/fields.tsx';

/** What becomes of the authorisation: undefined keeps what is stored, and null takes it away. */
export type PolicyChange = { type: PolicyType; policy_details: Record<string, string> } | null | undefined;

const [token_url, client_id, client_secret, scope] = [
  { name: 'token_url', label: 'Token URL' },
  { name: 'client_id', label: 'Client ID' },
  { name: 'client_secret', label: 'Client secret', isSecret: true },
  { name: 'scope', label: 'Scope', isOptional: true },
];
const [username, password] = [
  { name: 'username', label: 'User' },
  { name: 'password', label: 'Password', isSecret: true },
];

type PolicyField = { name: string; label: string; isSecret?: boolean; isOptional?: boolean };
const kinds: Record<PolicyType, { title: string; fields: PolicyField[] }> = {
  bearer: { title: 'Token or API key', fields: [{ name: 'token', label: 'Token', isSecret: true }] },
  basic: { title: 'User and password', fields: [username, password] },
  header: {
    title: 'Header',
    fields: [
      { name: 'name', label: 'Header' },
      { name: 'value', label: 'Its value', isSecret: true },
    ],
  },
  oauth2_client_credentials: {
    title: 'OAuth 2, client credentials',
    fields: [token_url, client_id, client_secret, scope],
  },
  oauth2_password: {
    title: 'OAuth 2, password',
    fields: [
      token_url,
      username,
      password,
      { ...client_id, isOptional: true },
      { ...client_secret, isOptional: true },
      scope,
    ],
  },
};
type PolicyType = 'bearer' | 'basic' | 'header' | 'oauth2_client_credentials' | 'oauth2_password';

/** A policy of a type, to be filled in. What is optional is left out for as long as it is empty. */
export function emptyPolicy(type: PolicyType): PolicyChange {
  const musts = kinds[type].fields.filter(({ isOptional }) => !isOptional);
  return { type, policy_details: Object.fromEntries(musts.map(({ name }) => [name, ''])) };
}

type Stored = { type: PolicyType; policy_details: Record<string, string> };

/** What a tool or a source is called with. Its secrets are written here, and never read. */
export function PolicyFields(props: {
  /** Asks for what is stored, where something can be: `ToolId=…` or `KnowledgeId=…`. */
  owner: string | undefined;
  policy: PolicyChange;
  onChange: (policy: PolicyChange) => void;
}) {
  const { owner, policy, onChange } = props;
  const { data } = useData<{ policies: Stored[] }>(owner && `/v1/Policies?${owner}`);
  const stored = data?.policies[0];
  const open = policy ?? undefined;
  return (
    <>
      <SelectField
        label="Authorization"
        hint={stored && policy === undefined ? `Stored encrypted. ${shownOf(stored)}` : undefined}
        value={policy === undefined && stored ? 'stored' : (open?.type ?? 'none')}
        options={[
          ...(stored ? [['stored', `As stored: ${kinds[stored.type].title}`] as const] : []),
          ['none', 'None'],
          ...(Object.keys(kinds) as PolicyType[]).map((type) => [type, kinds[type].title] as const),
        ]}
        onChange={(value) => onChange(value === 'stored' ? undefined : value === 'none' ? null : emptyPolicy(value))}
      />
      {open && (
        <div class="form-grid">
          {kinds[open.type].fields.map(({ name, label, isSecret, isOptional }) => (
            <TextField
              key={name}
              label={label}
              hint={isSecret ? 'Stored encrypted, never shown' : isOptional ? 'If one is needed' : undefined}
              type={isSecret ? 'password' : 'text'}
              value={open.policy_details[name] ?? ''}
              onChange={(value) => {
                const { [name]: _, ...others } = open.policy_details;
                const isLeftOut = value === '' && isOptional;
                onChange({ type: open.type, policy_details: isLeftOut ? others : { ...others, [name]: value } });
              }}
            />
          ))}
        </div>
      )}
    </>
  );
}

/** What of it is not secret: the API shows the rest as dots. */
function shownOf({ type, policy_details }: Stored): string {
  return kinds[type].fields
    .filter(({ name, isSecret }) => !isSecret && policy_details[name])
    .map(({ name, label }) => `${label}: ${policy_details[name]}`)
    .join(', ');
}
