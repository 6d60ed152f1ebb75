import { Check, TextField } from '../ui/fields.tsx';
import { FoldedFields } from './folded-fields.tsx';
import type { CustomerAi, SegmentCredential } from './types.ts';

/** What it learns of customers, and what it is told of them. */
export function CustomerFields(props: {
  customerAi: CustomerAi;
  onCustomerAi: (customerAi: CustomerAi) => void;
  segment: SegmentCredential;
  onSegment: (segment: SegmentCredential) => void;
}) {
  const { customerAi, onCustomerAi, segment, onSegment } = props;
  return (
    <FoldedFields title="Customers" count={Object.values(customerAi).filter(Boolean).length}>
      <Check
        checked={customerAi.perception_engine_enabled}
        onChange={(perception_engine_enabled) => onCustomerAi({ ...customerAi, perception_engine_enabled })}
      >
        Learn lasting facts from what a customer writes
      </Check>
      <Check
        checked={customerAi.personalization_engine_enabled}
        onChange={(personalization_engine_enabled) => onCustomerAi({ ...customerAi, personalization_engine_enabled })}
      >
        Tell it what is known of the customer
      </Check>
      <div class="stack tight">
        <h4>Segment</h4>
        <p class="small muted">
          Profiles are read from your workspace, and what is learnt is written to it. What is stored is never shown;
          what you type takes the place of all of it.
        </p>
        <div class="form-grid">
          {(
            [
              ['space_id', 'Space ID', 'text'],
              ['profile_api_key', 'Profile API key', 'password'],
              ['write_key', 'Write key', 'password'],
            ] as const
          ).map(([name, label, type]) => (
            <TextField
              key={name}
              label={label}
              type={type}
              value={segment[name] ?? ''}
              onChange={(value) => {
                const { [name]: _, ...others } = segment;
                onSegment(value === '' ? others : { ...others, [name]: value });
              }}
            />
          ))}
        </div>
      </div>
    </FoldedFields>
  );
}
