type Images = ReadonlyMap<string, number> | undefined

/** On how many nodes each image is. */
export interface ImageCounts {
  replace(before: Images, after: Images): void
  /** The counts as they stand; later changes go to a copy. */
  freeze(): ReadonlyMap<string, number>
}

export function createImageCounts(): ImageCounts {
  let counts = new Map<string, number>()
  let isShared = false
  const add = (image: string, amount: 1 | -1) => {
    const count = (counts.get(image) ?? 0) + amount
    if (count === 0) counts.delete(image)
    else counts.set(image, count)
  }
  return {
    replace(before, after) {
      if (sameKeys(before, after)) return
      if (isShared) counts = new Map(counts)
      isShared = false
      for (const image of before?.keys() ?? []) add(image, -1)
      for (const image of after?.keys() ?? []) add(image, 1)
    },
    freeze() {
      isShared = true
      return counts
    },
  }
}

function sameKeys(a: Images, b: Images): boolean {
  if ((a?.size ?? 0) !== (b?.size ?? 0)) return false
  for (const key of a?.keys() ?? []) if (!b?.has(key)) return false
  return true
}
