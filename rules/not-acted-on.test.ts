import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import * as api from '../src/api/index.ts'
import { fieldGaps, kindGaps, resources } from '../src/api/index.ts'
import { groupVersionOf, type Resource } from '../src/machinery/index.ts'

const apart = 'the scheduler keeps pods apart that want the same disk'

/** Names that stand in the rooms that act, with what is done with them there. */
const knownReaders: Readonly<Record<string, string>> = {
  awsElasticBlockStore: apart,
  ephemeral: 'the scheduler keeps the pod off',
  gcePersistentDisk: apart,
  iscsi: apart,
  persistentVolumeClaim: 'the scheduler keeps the pod off',
  persistentVolumeClaims: 'the scheduler keeps the pod off; StatefulSets make them',
  persistentVolumes: 'the scheduler reads the nodes of bound ones',
  rbd: apart,
  sizeLimit: 'of memory it is held',
  storageClasses: 'the scheduler asks when they bind',
  volumeClaimTemplates: 'claims are made of them',
}

/** Names of so many fields that a text cannot tell which one is meant. */
const generic = new Set(['claims', 'handler', 'image', 'limits', 'type'])

const acting = globSync('src/{kubelet,controllers,scheduler,proxy,node}/**/*.ts')
  .filter((path) => !/\.test\.ts$|fixture/.test(path))
  .map((path) => ({ path, text: readFileSync(path, 'utf8') }))

function readersOf(name: string): readonly string[] {
  const asCode = new RegExp(`(?<!['"\`/.\\w-])${name}(?![\\w'-])|(?<=[\\w)\\]?]\\.)${name}\\b`)
  return acting.filter(({ text }) => asCode.test(withoutComments(text))).map(({ path }) => path)
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
}

/** What the door of the room calls a kind; '' where it does not have it, so that nobody can read it. */
function nameOnDoor(resource: Resource | undefined): string {
  return Object.entries(api).find(([, value]) => value === resource)?.[0] ?? ''
}

function titleOf({ group, version, kind }: Resource): string {
  return `${groupVersionOf({ group, version })} ${kind}`
}

test('nothing reads what is said to be stored without effect', () => {
  const fields = Object.values(fieldGaps).flatMap((gaps) => Object.keys(gaps))
  const kinds = Object.keys(kindGaps)
    .filter((name) => !name.includes('/resize') && !name.startsWith('extensions/'))
    .map((name) => nameOnDoor(resources.find((each) => titleOf(each) === name)))
    .filter((name) => name !== '')
  const names = [...new Set([...fields, ...kinds])].filter((name) => !generic.has(name))
  const read = names.filter((name) => readersOf(name).length > 0).toSorted()
  const hint = 'take what acts on it out of src/api/gaps/table.ts, or say here what is read'
  assert.deepEqual(read, Object.keys(knownReaders).toSorted(), hint)
})

/** Kinds that are kept for clients alone, and what they are good for. */
const keptForClients: Readonly<Record<string, string>> = {
  'v1 ComponentStatus': 'for people who ask; no component of upstream reads it either',
  'v1 PodTemplate': 'a place for a template; upstream does nothing with it either',
}

test('a kind that is stored and that no room reads is said to be without effect', () => {
  const rooms = 'apiserver,client,cluster,controllers,history,kubelet,lab,node,proxy,scheduler'
  const text = globSync(`src/{${rooms}}/**/*.ts`)
    .filter((path) => !/\.test\.ts$|fixture/.test(path))
    .map((path) => withoutComments(readFileSync(path, 'utf8')))
    .join('\n')
  const unread = resources
    .filter(({ verbs, view }) => verbs.includes('get') && !view)
    .filter((resource) => kindGaps[titleOf(resource)] === undefined)
    .filter((resource) => {
      const name = nameOnDoor(resource)
      return name === '' || !new RegExp(`\\b${name}\\b`).test(text)
    })
    .map(titleOf)
  const hint = 'say in src/api/gaps/table.ts what does not happen, or here whom it is kept for'
  assert.deepEqual(unread.toSorted(), Object.keys(keptForClients), hint)
})
