/** Words that Kubernetes has a better one for, and that do not come back: see docs/glossary.md. */
import ts from 'typescript'
import { lineOf, type Project, walk } from './project.ts'
import { type Findings, type Place, tally } from './ratchet.ts'

/** What is no longer said, each with what is said instead. */
const retired: Readonly<Record<string, string>> = {
  husk: 'tombstone',
  husks: 'tombstones',
  pacer: 'time driver',
  misfit: 'admission failure',
  misfits: 'admission failures',
  'let in': 'admitPod',
  'turn away': 'rejectPod',
  heed: 'authorize',
  heeds: 'authorizes',
  heeded: 'authorized',
  standing: 'existing',
  'hold back': 'backoff or unschedulable queue',
  'node doors': 'node connections',
  'may help': 'queueingHint',
  passage: 'request context',
  'gives way': 'yields',
  tell: 'record, report or notify',
  told: 'recorded, reported or expected',
}

/** Retired words in identifiers and names of files, as `room word`, tests among them. */
export function retiredWords(project: Project): Findings {
  return tally(retiredPlaces(project).map(({ key }) => key))
}

/** Where retired words are, and what is said instead. */
export function retiredPlaces(project: Project): readonly Place[] {
  const found: Place[] = []
  for (const { tree, room, path, isGenerated } of project.files.values()) {
    if (isGenerated) continue
    const add = (name: string, line: number) => {
      for (const word of retiredIn(name)) {
        found.push({ key: `${room} ${word}`, path, line, hint: `${name}: say ${retired[word]}` })
      }
    }
    add(path.split('/').at(-1) ?? '', 1)
    walk(tree, (node) => {
      if (ts.isIdentifier(node)) add(node.text, lineOf(tree, node))
    })
  }
  return found
}

function retiredIn(name: string): readonly string[] {
  const words = ` ${name
    .replaceAll(/[^A-Za-z]/g, ' ')
    .replaceAll(/([a-z])(?=[A-Z])/g, '$1 ')
    .toLowerCase()} `
  return Object.keys(retired).filter((term) => words.includes(` ${term} `))
}
