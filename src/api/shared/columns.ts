import { ageOf, type Column, type KubeObject, type Stored } from '#machinery'
import type { Container } from '../generated/types/index.ts'

export const none = '<none>'
export const unset = '<unset>'

export const nameColumn: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  value: ({ metadata }) => metadata.name,
}

export const ageColumn: Column = text('Age', ({ metadata }, nowMs) =>
  ageOf(metadata.creationTimestamp, nowMs),
)

/** What kinds without a printer of their own show beside the name. */
export const createdAtColumn: Column = {
  name: 'Created At',
  type: 'date',
  value: ({ metadata }) => metadata.creationTimestamp,
}

type Value<T extends KubeObject> = Column<T>['value']

/** A column of text. */
export function text<T extends KubeObject>(name: string, value: Value<T>): Column<T> {
  return { name, type: 'string', value }
}

/** A column of numbers; absence counts as 0. */
export function integer<T extends KubeObject>(
  name: string,
  value: (object: Stored<T>) => number | undefined,
): Column<T> {
  return { name, type: 'integer', value: (object) => value(object) ?? 0 }
}

/** Columns that only `-o wide` shows. */
export function wide<T extends KubeObject>(...columns: readonly Column<T>[]): Column<T>[] {
  return columns.map((column) => ({ ...column, priority: 1 }))
}

interface WithTemplate {
  readonly spec?: { readonly containers?: readonly Container[] }
}

/** The wide columns of workloads: names and images of the template's containers. */
export function containerColumns<T extends KubeObject>(
  template: (object: Stored<T>) => WithTemplate | undefined,
): Column<T>[] {
  const of = (object: Stored<T>) => template(object)?.spec?.containers ?? []
  return [
    text<T>('Containers', (object) =>
      of(object)
        .map(({ name }) => name)
        .join(','),
    ),
    text<T>('Images', (object) =>
      of(object)
        .map(({ image = '' }) => image)
        .join(','),
    ),
  ]
}

/** `a=1,b=2`, or `<none>`. */
export function labelText(labels: Readonly<Record<string, string>> | undefined): string {
  const parts = Object.keys(labels ?? {})
    .sort()
    .map((key) => `${key}=${labels?.[key]}`)
  return parts.length === 0 ? none : parts.join(',')
}
