import { HostError } from '#host'
import type { DirectoryNode, Inode, LinkNode } from './inode.ts'

/** As many as Linux follows. */
const linkLimit = 40

/** Where a path leads. `node` is absent when its directory exists and the name in it does not. */
export interface FoundPath {
  /** Absent for the root itself. */
  readonly parent: DirectoryNode | undefined
  readonly name: string
  readonly node: Inode | undefined
  /** The path with every link on the way resolved. */
  readonly path: string
}

interface Step {
  readonly name: string
  readonly node: DirectoryNode
}

interface Walk {
  /** The steps still to take, the next one last. */
  readonly pending: string[]
  readonly trail: Step[]
  links: number
}

/** Walks an absolute path; `undefined` when a directory on the way is missing. */
export function locate(
  root: DirectoryNode,
  path: string,
  followLast: boolean,
): FoundPath | undefined {
  const walk: Walk = { pending: stepsOf(path), trail: [{ name: '', node: root }], links: 0 }
  for (let step = walk.pending.pop(); step !== undefined; step = walk.pending.pop()) {
    const parent = top(walk.trail).node
    const node = parent.entries.get(step)
    const isLast = walk.pending.length === 0
    if (step === '..') goUp(walk)
    else if (node?.kind === 'link' && (followLast || !isLast)) followLink(walk, node, path)
    else if (isLast) return new Found(walk.trail, { parent, name: step, node })
    else if (node?.kind !== 'directory') return undefined
    else walk.trail.push({ name: step, node })
  }
  return foundAtTop(walk.trail)
}

function goUp({ trail }: Walk): void {
  if (trail.length > 1) trail.pop()
}

function followLink(walk: Walk, { target }: LinkNode, path: string): void {
  if (++walk.links > linkLimit) throw tooManyLinks(path)
  if (target.startsWith('/')) walk.trail.length = 1
  walk.pending.push(...stepsOf(target))
}

function foundAtTop(trail: readonly Step[]): FoundPath {
  const { name, node } = top(trail)
  return new Found(trail.slice(0, -1), { parent: trail.at(-2)?.node, name, node })
}

/** Most who look for a file do not ask what its path is without links. */
class Found implements FoundPath {
  readonly parent: DirectoryNode | undefined
  readonly name: string
  readonly node: Inode | undefined
  readonly #above: readonly Step[]

  constructor(above: readonly Step[], { parent, name, node }: Omit<FoundPath, 'path'>) {
    this.#above = above
    this.parent = parent
    this.name = name
    this.node = node
  }

  get path(): string {
    const names = this.#above.slice(1).map((step) => step.name)
    return `/${(this.name === '' ? names : [...names, this.name]).join('/')}`
  }
}

const tooManyLinks = (path: string) =>
  new HostError('Invalid', `open ${path}: too many levels of symbolic links`)

/** The steps of a path, the last one first. */
function stepsOf(path: string): string[] {
  const steps: string[] = []
  let end = path.length
  while (end > 0) {
    const slash = path.lastIndexOf('/', end - 1)
    const step = path.slice(slash + 1, end)
    if (step !== '' && step !== '.') steps.push(step)
    end = slash
  }
  return steps
}

// Cast: a trail has its root at least.
const top = (trail: readonly Step[]): Step => trail[trail.length - 1] as Step
