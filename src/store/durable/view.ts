import { copyFile, link, mkdtemp, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { KnarrError } from '#lib'
import { directoryNames } from './files.ts'

/** A copy of a store's files, removed when disposed. */
export interface StoreView extends AsyncDisposable {
  readonly directory: string
}

const attempts = 50
// LevelDB's lock and its diary say nothing of what it holds.
const isContent = (name: string) => !['LOCK', 'LOG', 'LOG.old'].includes(name)

/**
 * Takes a view of a store, stopped or in use. LevelDB cannot be opened without changing something,
 * so what only wants to read opens such a copy. Tables never change, and are linked; what grows is
 * copied, the mark before the logs, so that the logs reach as far as it. Files that came or went
 * meanwhile make a new attempt: the copy is then what a crash at one instant would have left.
 *
 * @throws KnarrError `StoreMissing` `StoreBusy`
 */
export async function takeView(directory: string): Promise<StoreView> {
  if ((await directoryNames(directory)).filter(isContent).length === 0) {
    throw new KnarrError('StoreMissing', `there is no store in ${directory}`, {
      hint: 'Name the data directory of the cluster by --data-dir.',
    })
  }
  for (let attempt = 0; attempt < attempts; attempt++) {
    const view = await mkdtemp(`${directory}.view-`)
    if (await copyAll(directory, view)) {
      return {
        directory: view,
        [Symbol.asyncDispose]: () => rm(view, { recursive: true, force: true }),
      }
    }
    await rm(view, { recursive: true, force: true })
  }
  throw new KnarrError('StoreBusy', `the files in ${directory} change too often to be copied`, {
    hint: 'Try again when less is written.',
  })
}

/** Whether the copy is one of a single instant. */
async function copyAll(from: string, to: string): Promise<boolean> {
  try {
    const before = await shapeOf(from)
    const names = (await directoryNames(from)).filter(isContent)
    for (const name of names.toSorted(logsLast)) {
      const [source, target] = [join(from, name), join(to, name)]
      if (name.endsWith('.ldb')) await link(source, target).catch(() => copyFile(source, target))
      else await copyFile(source, target)
    }
    return before === (await shapeOf(from))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}

/** All that changes when LevelDB does more than to go on writing its log. */
async function shapeOf(directory: string): Promise<string> {
  const names = (await directoryNames(directory)).filter(isContent)
  const sizes = names.map(async (name) => {
    const { size } = await stat(join(directory, name))
    return name.endsWith('.log') ? name : `${name} ${size}`
  })
  return (await Promise.all(sizes)).join()
}

function logsLast(a: string, b: string): number {
  return Number(a.endsWith('.log')) - Number(b.endsWith('.log'))
}
