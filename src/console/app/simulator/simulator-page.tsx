export function SimulatorPage() {
  return <p>SimulatorPage</p>;
}
