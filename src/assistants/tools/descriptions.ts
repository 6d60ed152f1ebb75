import type { Comment, Node } from './type-text.ts';

/** Where descriptions come from: hands out each comment to the one node that it is about. */
export type Descriptions = {
  /** Of a member of an object type: the comments before it, inside it, and behind it on its last line. */
  ofMember(members: Node[], index: number, container: Node): string | undefined;
  /** What nobody has claimed, in the order of the text. */
  rest(): string | undefined;
};

export function createDescriptions(comments: Comment[]): Descriptions {
  const left = new Set(comments);

  return {
    ofMember(members, index, container) {
      const member = members[index] as Node;
      const before = members[index - 1];
      const next = members[index + 1];
      return claim((comment) => {
        if (isInside(comment, member)) return true;
        if (start(comment) < start(member)) {
          return (
            start(comment) >= (before ? end(before) : start(container)) && !(before && ends(before, comment, member))
          );
        }
        if (start(comment) >= (next ? start(next) : end(container))) return false;
        return !next || ends(member, comment, next);
      });
    },
    rest: () => claim(() => true),
  };

  function claim(isMine: (comment: Comment) => boolean): string | undefined {
    const mine = [...left].filter(isMine);
    for (const comment of mine) left.delete(comment);
    const text = mine
      .map(wordsOf)
      .filter((words) => words !== '')
      .join(' ');
    return text === '' ? undefined : text;
  }
}

/** Whether a comment between two members stands at the end of the first one's line, and so is about it. */
function ends(member: Node, comment: Comment, next: Node): boolean {
  return (
    comment.loc?.start.line === member.loc?.end.line &&
    (comment.loc?.end.line as number) < (next.loc?.start.line as number)
  );
}

const start = (node: Node) => node.start as number;
const end = (node: Node) => node.end as number;
const isInside = (inner: Node, outer: Node) => start(inner) >= start(outer) && end(inner) <= end(outer);

function wordsOf({ value }: Comment): string {
  return value
    .split('\n')
    .map((line) => line.replace(/^\s*\*+ ?/, '').trim())
    .filter((line) => line !== '')
    .join(' ');
}
