import { ConfigError } from '../config/env.ts';
import { commands } from './commands.ts';
import { Failure, UsageError } from './failure.ts';
import { nearest } from './nearest.ts';
import { paint } from './output.ts';

const help = `Tandem: AI assistants and human agents on the same line.

  npx tandem <command> [options]

Commands
${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(11)} ${summary}`)
  .join('\n')}

npx tandem <command> --help tells more. New here?  npx tandem start, and in a second terminal  npx tandem text "Hello"
Something is wrong?  npx tandem doctor`;

process.exitCode = await main(process.argv.slice(2));

async function main([name, ...args]: string[]): Promise<number | undefined> {
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    if (name !== undefined && args[0] !== undefined) return main([args[0], '--help']);
    console.log(help);
    return name === undefined ? 2 : 0;
  }
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!entry) {
    const meant = nearest(name, Object.keys(commands));
    console.error(paint('red', `There is no command ${name}.${meant ? ` Did you mean ${meant}?` : ''}`));
    console.error('npx tandem --help lists them.');
    return 2;
  }
  const command = await entry.load();
  const isAsked = args
    .slice(0, args.includes('--') ? args.indexOf('--') : undefined)
    .some((arg) => arg === '--help' || arg === '-h');
  if (isAsked) {
    console.log(command.help);
    return 0;
  }
  try {
    return await command.run(args);
  } catch (error) {
    const known = error instanceof Failure || error instanceof UsageError || error instanceof ConfigError;
    if (!known) throw error;
    console.error(paint('red', error.message));
    if (error instanceof UsageError) console.error(`npx tandem ${name} --help tells more.`);
    return error instanceof Failure ? error.exitCode : 2;
  }
}
