import { absolutePath } from '../../process/paths.ts'
import type { ProcessWorld } from '../../process/process.ts'
import { failureOf } from '../files/file-failures.ts'
import { type CommandContext, type Done, plain } from './builtin.ts'

/** Programs about users, and about what files they have. */
export const userCommands = plain({
  whoami: ['whoami', whoami],
  id: ['id [-ugGn]', id],
  chmod: ['chmod MODE PATH…', chmod],
  chown: ['chown OWNER[:GROUP] PATH…', chown],
  chgrp: ['chgrp GROUP PATH…', chgrp],
  stat: ['stat [-c FORMAT] PATH…', stat],
})

/** The names that every image has, where it says nothing itself. */
const usual = {
  passwd: 'root:x:0:0\nnobody:x:65534:65534\n',
  group: 'root:x:0:\nnogroup:x:65534:\n',
}

/** Names by their numbers, of `/etc/passwd` or `/etc/group`. */
function namesIn({ files }: ProcessWorld, file: keyof typeof usual): ReadonlyMap<number, string> {
  const lines = (files.read(`/etc/${file}`) ?? usual[file]).split('\n')
  return new Map(
    lines.flatMap((line) => {
      const [name, , number] = line.split(':')
      return name && number ? [[Number(number), name] as const] : []
    }),
  )
}

function whoami(_args: readonly string[], { world }: CommandContext): Done {
  const { uid } = world.user
  const name = namesIn(world, 'passwd').get(uid)
  if (name !== undefined) return { status: 0, out: `${name}\n` }
  return { status: 1, err: `whoami: unknown uid ${uid}\n` }
}

function id(args: readonly string[], { world }: CommandContext): Done {
  const flags = args.filter((arg) => arg.startsWith('-')).join('')
  const { uid, gid, groups } = world.user
  const users = namesIn(world, 'passwd')
  const known = namesIn(world, 'group')
  const shown = (number: number, names: ReadonlyMap<number, string>) =>
    flags.includes('n') ? (names.get(number) ?? number) : number
  if (flags.includes('u')) return { status: 0, out: `${shown(uid, users)}\n` }
  if (flags.includes('g')) return { status: 0, out: `${shown(gid, known)}\n` }
  if (flags.includes('G')) {
    return { status: 0, out: `${groups.map((group) => shown(group, known)).join(' ')}\n` }
  }
  const named = (number: number, names: ReadonlyMap<number, string>) => {
    const name = names.get(number)
    return name === undefined ? `${number}` : `${number}(${name})`
  }
  const all = groups.map((group) => named(group, known)).join(',')
  return { status: 0, out: `uid=${named(uid, users)} gid=${named(gid, known)} groups=${all}\n` }
}

/** Does something to each path, and says of which it could not be done. */
function toEach(
  name: string,
  words: readonly string[],
  { world, directory }: CommandContext,
  act: (path: string) => void,
): Done {
  let err = ''
  for (const word of words) {
    const failed = failureOf(() => act(absolutePath(word, directory)))
    if (failed) err += `${name}: ${word}: ${failed.reason}\n`
  }
  return world && err !== '' ? { status: 1, err } : { status: 0 }
}

const operandsOf = (args: readonly string[]) =>
  args.filter((arg) => !/^-[a-zA-Z]*[RvfcHLP]/.test(arg))

function chmod(args: readonly string[], context: CommandContext): Done {
  const [mode = '', ...paths] = operandsOf(args)
  const { files } = context.world
  if (changedMode(mode, 0) === undefined) {
    return { status: 1, err: `chmod: invalid mode: ${mode}\n` }
  }
  return toEach('chmod', paths, context, (path) => {
    files.setMode(path, changedMode(mode, files.status(path)?.mode ?? 0) ?? 0)
  })
}

const who = { u: 0o4700, g: 0o2070, o: 0o1007 } as const
const what: Readonly<Record<string, number>> = {
  r: 0o444,
  w: 0o222,
  x: 0o111,
  X: 0o111,
  s: 0o6000,
  t: 0o1000,
}

/** `755`, `u+x`, `a=r`, several of them with commas; undefined for what is no mode. */
function changedMode(text: string, before: number): number | undefined {
  if (/^[0-7]{1,4}$/.test(text)) return Number.parseInt(text, 8)
  let mode = before
  for (const clause of text.split(',')) {
    const [, whom = '', sign, letters = ''] = /^([ugoa]*)([-+=])([rwxXst]*)$/.exec(clause) ?? []
    if (sign === undefined) return undefined
    const whole = whom === '' || whom.includes('a') ? 'ugo' : whom
    // Cast: the expression of a mode lets no other letter through.
    const reach = [...whole].reduce((sum, letter) => sum | who[letter as 'u'], 0)
    const bits = [...letters].reduce((sum, letter) => sum | (what[letter] ?? 0), 0) & reach
    if (sign === '+') mode |= bits
    else if (sign === '-') mode &= ~bits
    else mode = (mode & ~(reach & 0o777)) | bits
  }
  return mode
}

/** A number, or a name that the container knows. */
function numberIn(word: string, names: ReadonlyMap<number, string>): number | undefined {
  if (/^\d{1,10}$/.test(word)) return Number(word)
  return [...names].find(([, name]) => name === word)?.[0]
}

function chown(args: readonly string[], context: CommandContext): Done {
  const [owner = '', ...paths] = operandsOf(args)
  const [user = '', group = ''] = owner.split(':')
  const uid = numberIn(user, namesIn(context.world, 'passwd'))
  const gid = numberIn(group, namesIn(context.world, 'group'))
  if (user !== '' && uid === undefined) return { status: 1, err: `chown: unknown user ${user}\n` }
  if (group !== '' && gid === undefined) {
    return { status: 1, err: `chown: unknown group ${group}\n` }
  }
  const to = { ...(uid === undefined ? {} : { uid }), ...(gid === undefined ? {} : { gid }) }
  return toEach('chown', paths, context, (path) => context.world.files.setOwner(path, to))
}

function chgrp(args: readonly string[], context: CommandContext): Done {
  const [group = '', ...paths] = operandsOf(args)
  const gid = numberIn(group, namesIn(context.world, 'group'))
  if (gid === undefined) return { status: 1, err: `chgrp: unknown group ${group}\n` }
  return toEach('chgrp', paths, context, (path) => context.world.files.setOwner(path, { gid }))
}

function stat(args: readonly string[], { world, directory }: CommandContext): Done {
  const at = args.findIndex((arg) => /^-(c|-format=?)/.test(arg))
  const inline = /^(?:-c|--format=)(.+)$/s.exec(args[at] ?? '')?.[1]
  const format = at < 0 ? '%n %s %a %u:%g' : (inline ?? args[at + 1] ?? '')
  const paths = args.filter(
    (arg, index) => !arg.startsWith('-') && !(at >= 0 && inline === undefined && index === at + 1),
  )
  const done = { status: 0, out: '', err: '' }
  for (const path of paths) {
    const found = world.files.status(absolutePath(path, directory))
    if (!found) {
      done.status = 1
      done.err += `stat: cannot stat '${path}': No such file or directory\n`
      continue
    }
    const values: Readonly<Record<string, string>> = {
      n: path,
      s: String(found.sizeBytes),
      a: found.mode.toString(8),
      u: String(found.uid),
      g: String(found.gid),
      U: namesIn(world, 'passwd').get(found.uid) ?? 'UNKNOWN',
      G: namesIn(world, 'group').get(found.gid) ?? 'UNKNOWN',
      F: found.kind === 'directory' ? 'directory' : 'regular file',
      '%': '%',
    }
    done.out += `${format.replaceAll(/%([a-zA-Z%])/g, (all, letter) => values[letter] ?? all)}\n`
  }
  return done
}
