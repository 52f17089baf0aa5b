import { syncBuiltinESMExports } from 'node:module'

/**
 * The ambient sources of time, chance and identity, each replaced by one that calls `trap` first.
 * Both the globals and the exports of Node's modules are replaced, so `import { setTimeout } from
 * 'node:timers'` is trapped as well. What took a reference before (`const D = Date`) escapes for
 * `new D()` only. Returns what undoes it, unless somebody else replaced it again meanwhile.
 */
export function replaceAmbient(trap: (name: string, above: AnyFunction) => void): () => void {
  const undo = sources().map(([name, owner, key]) => replace(owner, key, name, trap))
  undo.push(replaceDate(trap))
  syncBuiltinESMExports()
  return () => {
    for (const restore of undo.toReversed()) restore()
    syncBuiltinESMExports()
  }
}

// biome-ignore lint/complexity/noBannedTypes: any function at all
export type AnyFunction = Function

type Source = readonly [name: string, owner: object, key: string]

function sources(): readonly Source[] {
  const { performance, process, crypto } = globalThis
  const named = (prefix: string, owner: object, keys: readonly string[]) =>
    keys.map((key): Source => [`${prefix}${key}`, owner, key])
  const timers = ['setTimeout', 'setInterval', 'setImmediate']
  const builtin = process.getBuiltinModule
  const promised = builtin('node:timers/promises')
  return [
    ...named('', globalThis, [...timers, 'fetch']),
    ...named('timers.', builtin('node:timers'), timers),
    ...named('timers/promises.', promised, timers),
    ...named('timers/promises.scheduler.', promised.scheduler, ['wait', 'yield']),
    ...named('Date.', Date, ['now']),
    ...named('performance.', performance, ['now']),
    ...named('process.hrtime.', process.hrtime, ['bigint']),
    ...named('process.', process, ['hrtime', 'uptime']),
    ...named('AbortSignal.', AbortSignal, ['timeout']),
    ...named('Math.', Math, ['random']),
    ...named('crypto.', crypto, ['randomUUID', 'getRandomValues']),
    ...named('crypto.', builtin('node:crypto'), ['randomUUID', 'randomBytes', 'randomInt']),
  ]
}

function replace(
  owner: object,
  key: string,
  name: string,
  trap: (name: string, above: AnyFunction) => void,
): () => void {
  const original: AnyFunction = Reflect.get(owner, key)
  const apply = (target: AnyFunction, self: unknown, values: unknown[]) => {
    trap(name, apply)
    return Reflect.apply(target, self, values)
  }
  return put(owner, key, new Proxy(original, { apply }))
}

function replaceDate(trap: (name: string, above: AnyFunction) => void): () => void {
  const apply = (target: DateConstructor) => {
    trap('Date()', apply)
    return target()
  }
  const construct = (target: DateConstructor, values: unknown[], made: AnyFunction): object => {
    if (values.length === 0) trap('new Date()', construct)
    return Reflect.construct(target, values, made)
  }
  return put(globalThis, 'Date', new Proxy(Date, { apply, construct }))
}

/** An inherited property is shadowed, and bare again afterwards. */
function put(owner: object, key: string, value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(owner, key)
  const enumerable = before?.enumerable ?? true
  Object.defineProperty(owner, key, { value, enumerable, configurable: true, writable: true })
  return () => {
    if (Reflect.get(owner, key) !== value) return
    if (before) Object.defineProperty(owner, key, before)
    else Reflect.deleteProperty(owner, key)
  }
}
