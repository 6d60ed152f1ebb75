/** The result of `work`, or the given error once `ms` have passed. The work itself goes on: nothing is broken off. */
export function within<Result>(ms: number, work: Promise<Result>, tooLate: () => Error): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(tooLate()), ms);
    work.then(
      (result) => {
        clearTimeout(timer);
        resolve(result);
      },
      (error) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
