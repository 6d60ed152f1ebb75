export function AssistantsPage({ open }: { open: string | undefined }) {
  return <p>{open}</p>;
}
