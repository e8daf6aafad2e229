import { Icon } from '../ui/Icon';
import { usePageTitle } from '../ui/usePageTitle';
import { useAssistant } from './AssistantProvider';
import { Conversation } from './Conversation';

export function AssistantPage() {
  const assistant = useAssistant();
  usePageTitle('Assistant');
  return (
    <div className="assistant-page">
      <header className="page-head">
        <Icon name="assistant" size={20} />
        <h1 className="grow">Assistant</h1>
        {assistant.exchanges.length > 0 && (
          <button type="button" className="button" onClick={assistant.clear}>
            Start over
          </button>
        )}
      </header>
      <Conversation />
    </div>
  );
}
