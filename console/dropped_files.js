// What a person drags in: files, or a folder with files in folders, as names and contents.

const READ_AT_MOST = 100;

/** `[{name, file}]`; of one folder the names are below it. */
export async function droppedFiles(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files].map((file) => ({ name: file.name, file }));
  const found = [];
  const isOneFolder = entries.length === 1 && entries[0].isDirectory;
  for (const entry of isOneFolder ? await childrenOf(entries[0]) : entries) await collect(entry, "", found);
  if (isOneFolder) for (const item of found) item.folder = entries[0].name;
  return found;
}

async function collect(entry, prefix, found) {
  if (entry.name.startsWith(".") || found.length >= READ_AT_MOST) return;
  if (entry.isDirectory) {
    for (const child of await childrenOf(entry)) await collect(child, `${prefix}${entry.name}/`, found);
    return;
  }
  const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
  found.push({ name: prefix + entry.name, file });
}

async function childrenOf(folder) {
  const reader = folder.createReader();
  const children = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return children;
    children.push(...some);
  }
}

/** As the command names a model: the folder, or the file without its endings. */
export function modelNameOf(files) {
  if (!files.length) return "";
  const name = files[0].folder ?? files[0].name.split("/").at(-1).split(".")[0];
  return name.trim().replace(/\s+/g, "-");
}
