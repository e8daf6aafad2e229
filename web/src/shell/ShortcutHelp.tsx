import { Dialog } from '../ui/Dialog';
import { Kbd } from '../ui/States';
import { shortcutHelp } from '../ui/shortcuts';

export function ShortcutHelp({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog title="Keyboard shortcuts" open={open} onClose={onClose}>
      <div className="dialog-body shortcut-groups">
        {shortcutHelp.map((group) => (
          <section key={group.title}>
            <h3>{group.title}</h3>
            <dl>
              {group.keys.map(([keys, meaning]) => (
                <div key={keys}>
                  <dt>
                    {keys
                      .split(' ')
                      .filter(Boolean)
                      .map((key) => (
                        <Kbd key={key}>{key}</Kbd>
                      ))}
                  </dt>
                  <dd>{meaning}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
