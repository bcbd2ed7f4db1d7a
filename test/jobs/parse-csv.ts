/** The records of a CSV text as RFC 4180 has it. Throws on anything else. */
export function parseCsv(text: string): string[][] {
  const records: string[][] = [];
  let [record, at]: [string[], number] = [[], 0];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
  while (at < text.length) {
    field.lastIndex = at;
    const found = field.exec(text);
    if (found === null) throw new Error(`no CSV at ${at}: ${text.slice(at, at + 50)}`);
    const [whole, quoted, plain = "", end] = found;
    record.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    at += whole.length;
    if (end === ",") continue;
    records.push(record);
    record = [];
  }
  if (record.length > 0) throw new Error("the last record does not end");
  return records;
}
