import type { ApiServer } from '#apiserver'
import type { Random } from '#lib'
import { randomInt } from '#lib'
import type { KubeObject, WatchFrame } from '#machinery'
import { type Answer, ask } from './requests-fixture.ts'

/** A client that keeps a copy of a collection as informers do, and notices what cannot be. */
export interface CheckedWatcher {
  /** Lists and watches until it is stopped, beginning again whenever a watch ends. */
  run(): Promise<void>
  stop(): void
  /** Cuts off what it waits for, as the end of a connection does. */
  cutOff(): void
  /** What it holds: by name, the count and the revision. */
  readonly held: ReadonlyMap<string, Held>
  readonly events: number
  readonly relists: number
}

/** An object as a watcher knows it. */
interface Held {
  readonly n: number
  readonly revision: number
}

export interface WatcherOptions {
  readonly name: string
  /** The server that stands now. */
  readonly api: () => ApiServer
  readonly target: string
  readonly countOf: (object: KubeObject) => number
  readonly random: Random
  readonly report: (fault: string) => void
  readonly pause: () => Promise<void>
}

/**
 * Every update counts one further, so that an event that is lost, comes twice or in another order
 * shows in the copy: a change is of what is held and counts one more, an addition is of what is not.
 */
export function createCheckedWatcher(options: WatcherOptions): CheckedWatcher {
  const { name, api, target, countOf, random, report, pause } = options
  const heldOf = (object: KubeObject): Held => ({
    n: countOf(object),
    revision: Number(object.metadata?.resourceVersion),
  })
  let held = new Map<string, Held>()
  let seen = 0
  let events = 0
  let relists = 0
  let stop = new AbortController()
  let isStopped = false
  const fault = (what: string) => report(`${name}: ${what}`)

  async function list(): Promise<boolean> {
    const limit = randomInt(random, 2) === 0 ? 'limit=2' : ''
    const items: KubeObject[] = []
    let page: Answer | undefined
    do {
      const next = page?.continue ? `&continue=${encodeURIComponent(page.continue)}` : ''
      page = await ask(api(), 'GET', `${target}?${limit}${next}`)
      if (page.status !== 200) return false
      items.push(...page.items)
      await pause()
    } while (page.continue)
    const revision = Number(page.body?.metadata?.resourceVersion)
    if (revision < seen) fault(`a list at ${revision} is older than what was seen at ${seen}`)
    seen = revision
    held = new Map(items.map((item) => [nameOf(item), heldOf(item)]))
    relists++
    return true
  }

  /** Follows from what was seen; false where it has to be listed again. */
  async function follow(): Promise<boolean> {
    stop = new AbortController()
    const query = `watch=1&allowWatchBookmarks=true&resourceVersion=${seen}`
    const answer = await ask(api(), 'GET', `${target}?${query}`, undefined, stop.signal)
    if (answer.status !== 200 || !answer.events) return answer.status !== 410
    const most = 1 + randomInt(random, 40)
    let taken = 0
    for await (const frame of answer.events) {
      if (frame.type === 'ERROR') return false
      take(frame)
      if (++taken >= most) break
    }
    return true
  }

  function take({ type, object: { object } }: WatchFrame): void {
    const revision = Number(object.metadata?.resourceVersion)
    if (type === 'BOOKMARK') {
      if (revision < seen) fault(`a bookmark at ${revision} after ${seen}`)
      seen = Math.max(seen, revision)
      return
    }
    events++
    if (revision <= seen) fault(`${type} at ${revision} after ${seen}`)
    seen = revision
    const key = nameOf(object)
    const before = held.get(key)
    const now = heldOf(object)
    if ((type === 'ADDED') !== (before === undefined)) fault(`${type} of ${key}, held ${before?.n}`)
    if (type === 'MODIFIED' && now.n !== Number(before?.n) + 1) {
      fault(`${key} went from ${before?.n} to ${now.n} at ${revision}`)
    }
    if (type === 'DELETED') held.delete(key)
    else held.set(key, now)
  }

  return {
    async run() {
      let isListed = false
      while (!isStopped) {
        try {
          isListed = isListed ? await follow() : await list()
        } catch {
          // The server went away; another one comes.
        }
        await pause()
      }
    },
    stop() {
      isStopped = true
      stop.abort()
    },
    cutOff: () => stop.abort(),
    get held() {
      return held
    },
    get events() {
      return events
    },
    get relists() {
      return relists
    },
  }
}

export function nameOf({ metadata }: KubeObject): string {
  return metadata?.name ?? ''
}
