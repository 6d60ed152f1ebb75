import { parse } from '@babel/parser';
import { TandemError } from '../../http/errors.ts';

type File = ReturnType<typeof parse>;
type Statement = File['program']['body'][number];
export type Comment = NonNullable<File['comments']>[number];
export type Alias = Extract<Statement, { type: 'TSTypeAliasDeclaration' }>;
export type Interface = Extract<Statement, { type: 'TSInterfaceDeclaration' }>;
export type Type = Alias['typeAnnotation'];
export type Member = Interface['body']['body'][number];
/** What all nodes have in common. */
export type Node = Pick<Type, 'start' | 'end' | 'loc'>;

export type TypeText = {
  /** The declaration that describes the arguments: the one named Data, else the exported one, else the last. */
  main: Alias | Interface;
  declarations: Map<string, Alias | Interface>;
  comments: Comment[];
};

/** A reason in the text itself, with the line where it stands. */
export function refused(node: Node | undefined, reason: string): TandemError {
  const line = node?.loc ? ` (line ${node.loc.start.line})` : '';
  return new TandemError('invalidParameter', `meta.input_schema: ${reason}${line}.`);
}

/** Reads `export type Data = { … }`, an interface, several of them, or a bare `{ … }`. */
export function parseTypeText(text: string): TypeText {
  const file = parsed(text);
  const declarations = new Map<string, Alias | Interface>();
  let exported: Alias | Interface | undefined;
  for (const statement of file.program.body) {
    const isExport = statement.type === 'ExportNamedDeclaration' || statement.type === 'ExportDefaultDeclaration';
    const declaration = isExport ? statement.declaration : statement;
    if (declaration?.type === 'TSEnumDeclaration') {
      throw refused(statement, "enums are not supported: write a union such as 'a' | 'b'");
    }
    if (declaration?.type !== 'TSTypeAliasDeclaration' && declaration?.type !== 'TSInterfaceDeclaration') {
      throw refused(statement, 'only types may stand in it');
    }
    const { name } = declaration.id;
    if (declaration.typeParameters) throw refused(declaration, `${name} has type parameters, which are not supported`);
    if (declarations.has(name)) throw refused(declaration, `${name} is declared twice`);
    declarations.set(name, declaration);
    if (isExport) exported = declaration;
  }
  const main = declarations.get('Data') ?? exported ?? [...declarations.values()].at(-1);
  if (!main) throw refused(undefined, 'it holds no type: write, for example, export type Data = { city: string }');
  return { main, declarations, comments: file.comments ?? [] };
}

function parsed(text: string): File {
  // On one line with the rest, so that the lines in messages stay those of the text.
  try {
    return parse(isBare(text) ? `type Data = ${text}` : text, { sourceType: 'module', plugins: ['typescript'] });
  } catch (error) {
    const { loc, message } = error as { loc?: { line: number }; message: string };
    throw new TandemError(
      'invalidParameter',
      `meta.input_schema: is no TypeScript type: ${message.replace(/ \(\d+:\d+\)$/, '')}${loc ? ` (line ${loc.line})` : ''}`,
    );
  }
}

/** Whether the text begins, after white space and comments, with the type itself. */
function isBare(text: string): boolean {
  const skipped = /\s+|\/\/.*|\/\*[\s\S]*?\*\//y;
  let start = 0;
  while (skipped.test(text)) start = skipped.lastIndex;
  return text[start] === '{' || text[start] === '(';
}
