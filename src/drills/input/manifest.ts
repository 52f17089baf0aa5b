import { KnarrError, messageOf } from '#lib'
import type { KubeObject } from '#machinery'
import { decodeYaml } from '#machinery/codec'
import type { DrilledObject, ManifestPosition } from '../model/objects.ts'

/** A text that was handed over. */
export interface ManifestText {
  /** What the report calls it: the path of a file, `-` for standard input. */
  readonly file: string
  readonly text: string
}

/** An object of a manifest, and where it stands. */
export interface ManifestObject {
  readonly object: KubeObject
  readonly at: ManifestPosition
}

/** What nobody can run a drill on: the exit code of the command is 2. */
export class UnusableManifest extends KnarrError {
  constructor(message: string, hint: string) {
    super('UnusableManifest', message, { hint })
  }
}

/** Reads all objects of manifests, those of Lists one by one. @throws UnusableManifest */
export function readManifests(texts: readonly ManifestText[]): readonly ManifestObject[] {
  return texts.flatMap(readManifest)
}

function readManifest({ file, text }: ManifestText): readonly ManifestObject[] {
  refuseTemplates(file, text)
  const documents = documentsOf(text).map(({ line, chunk }) => ({
    // Empty lines before it make the parser count the lines of the whole file.
    values: decoded(file, `${'\n'.repeat(line - 1)}${chunk}`),
    at: { file, line: line + leadingLines(chunk) },
  }))
  return documents.flatMap(({ values, at }) => values.flatMap((value) => objectsOf(value, at)))
}

/** What Helm, Kustomize or a shell has still to fill in is no YAML, or is YAML that means something else. */
function refuseTemplates(file: string, text: string): void {
  const index = text.split('\n').findIndex((line) => /^[^#'"`]*\{\{-?\s*[.$\w"(/]/.test(line))
  if (index < 0) return
  throw new UnusableManifest(
    `${file}:${index + 1}: this is a template whose values are not filled in`,
    "Fill them in first: 'helm template CHART | knarr drill -f -'.",
  )
}

function decoded(file: string, text: string): readonly unknown[] {
  try {
    return decodeYaml(text)
  } catch (error) {
    const why = messageOf(error).replace(/^error converting YAML to JSON: (yaml: )?/, '')
    const [, line = '', rest = why] = /^line (\d+): (.*)$/s.exec(why) ?? []
    const place = line === '' ? file : `${file}:${line}`
    throw new UnusableManifest(
      `${place}: this is no YAML: ${rest}`,
      'Mend it there, and try again.',
    )
  }
}

interface TextDocument {
  /** The line on which it begins, from 1. */
  readonly line: number
  readonly chunk: string
}

/** Splits a stream where YAML does, so that it is known on which line each document stands. */
function documentsOf(text: string): readonly TextDocument[] {
  if (text.trimStart().startsWith('{')) return [{ line: 1, chunk: text }]
  const documents: TextDocument[] = []
  let chunk: string[] = []
  let line = 1
  for (const [index, each] of text.split('\n').entries()) {
    if (/^---(\s|$)/.test(each)) {
      documents.push({ line, chunk: chunk.join('\n') })
      line = index + 1
      chunk = [each.replace(/^---/, '   ')]
    } else {
      chunk.push(each)
    }
  }
  documents.push({ line, chunk: chunk.join('\n') })
  return documents
}

/** How many lines of a document come before its first that says something. */
function leadingLines(chunk: string): number {
  const index = chunk.split('\n').findIndex((line) => !/^\s*(#|$)/.test(line))
  return Math.max(0, index)
}

function objectsOf(value: unknown, at: ManifestPosition): readonly ManifestObject[] {
  const { file, line } = at
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UnusableManifest(
      `${file}:${line}: this is no object of Kubernetes`,
      'Each document has apiVersion, kind and metadata.',
    )
  }
  // Cast: what it is gets checked right here.
  const object = value as KubeObject & { readonly items?: readonly unknown[] }
  if (/List$/.test(object.kind ?? '') && Array.isArray(object.items)) {
    return object.items.flatMap((item) => objectsOf(item, at))
  }
  if (!object.apiVersion || !object.kind) {
    const what = object.kind ? 'no apiVersion' : 'no kind'
    throw new UnusableManifest(
      `${file}:${line}: this object has ${what}`,
      looksLikeValues(object)
        ? "Is it a values file? 'helm template CHART --values FILE | knarr drill -f -' makes manifests of it."
        : 'Each document has apiVersion, kind and metadata.',
    )
  }
  if (!object.metadata?.name) {
    throw new UnusableManifest(
      `${file}:${line}: this ${object.kind} has no name`,
      'Give it a metadata.name.',
    )
  }
  return [{ object, at }]
}

function looksLikeValues(object: object): boolean {
  return !('metadata' in object) && !('spec' in object)
}

/** Describes an object of a manifest for a report. */
export function drilledObject({ object, at }: ManifestObject): DrilledObject {
  const { apiVersion = '', kind = '', metadata } = object
  const namespace = metadata?.namespace
  return { apiVersion, kind, ...(namespace ? { namespace } : {}), name: metadata?.name ?? '', at }
}
