/** How many calls may wait to be compared. Beyond it clients wait, so that the memory stays bounded. */
const waitingMax = 100

export interface Queue<Item> {
  /** Resolves when there is room for another one. Rejects with what the work rejected with. */
  add(item: Item): Promise<void>
  /** Resolves when all is done. */
  end(): Promise<void>
}

/** Does the work for one item after the other. */
export function createQueue<Item>(work: (item: Item) => Promise<void>): Queue<Item> {
  let last = Promise.resolve()
  let waiting = 0
  return {
    async add(item) {
      waiting += 1
      last = last
        .then(() => work(item))
        .finally(() => {
          waiting -= 1
        })
      last.catch(() => {})
      if (waiting >= waitingMax) await last
    },
    end: () => last,
  }
}
